// What a model writes when it is asked: "Refund the three customers who complained."
const { complaints } = await tools.shop.complaints();

const refunds = complaints.map(async ({ order, total }) => {
  try {
    const receipt = await tools.shop.refund({ order, amount: total });
    return `${order}: refunded ${total}, ${receipt}`;
  } catch (error) {
    return `${order}: not refunded, ${error.message}`;
  }
});
await Promise.all(refunds);
