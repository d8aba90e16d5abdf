const paid = new Map();
const pay = async (to, amount) => {
  const answer = await tools.pay({ to, amount });
  paid.set(to, answer.paid);
  console.log(`paid ${to}`);
};
try {
  console.log("begin");
  await Promise.all([pay("ann", 1), pay("ben", 8)]);
  await sleep(60);
  for (const to of ["cid", "dee"]) await pay(to, 2);
} finally {
  console.log("end");
}
[...paid];
