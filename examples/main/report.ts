// What a model writes when it is asked: "Who brought in how much this quarter, and whom should we call?"
interface Customer {
  id: string;
  name: string;
  country: string;
}
type Row = Customer & { orders: number; revenue: number; refunds: number; urgent: string[] };

const read = async (path: string): Promise<string> => (await tools.files.read_text_file({ path })).content;

// The listing first, then all files that it names at once.
const listing = (await tools.files.list_directory({ path: "." })).content;
const months = [...listing.matchAll(/^\[FILE\] (orders-\d{4}-\d{2}\.csv)$/gm)].map((match) => match[1]);
const [customers, refunds, ...orders] = await Promise.all(["customers.json", "refunds.log", ...months].map(read));

const rows = new Map<string, Row>();
for (const customer of JSON.parse(customers) as Customer[]) {
  rows.set(customer.id, { ...customer, orders: 0, revenue: 0, refunds: 0, urgent: [] });
}

const owners = new Map<string, Row>();
const strangers: string[] = [];
for (const line of orders.flatMap((text) => text.trim().split("\n").slice(1))) {
  // Quoted fields may hold commas.
  const fields = [...line.matchAll(/"([^"]*)"|([^,]+)/g)].map(([, quoted, bare]) => quoted ?? bare);
  const [order, , customer, , quantity, price] = fields;
  const row = rows.get(customer);
  if (row) {
    owners.set(order, row);
    row.orders += 1;
    row.revenue += Number(quantity) * Number(price);
  } else strangers.push(`${order} (${customer})`);
}
for (const [, order, amount] of refunds.matchAll(/ refund order=(\S+) amount=([\d.]+)/g)) {
  const row = owners.get(order);
  if (row) row.refunds += Number(amount);
}

const withoutNotes: string[] = [];
const readNotes = async (row: Row): Promise<void> => {
  try {
    const notes = await read(`notes/${row.id}.md`);
    row.urgent = notes.split("\n").filter((line) => /#urgent\b/.test(line));
  } catch {
    withoutNotes.push(row.name); // nobody has written any yet
  }
};
await Promise.all([...rows.values()].map(readNotes));

// What was found goes into the memory, in place of what an earlier report left there.
const old = await tools.memory.read_graph();
await tools.memory.delete_entities({ entityNames: old.entities.map((entity) => entity.name) });
const remembered = [...rows.values()].map(({ name, urgent }) => ({
  name,
  entityType: "customer",
  observations: urgent,
}));
await tools.memory.create_entities({ entities: remembered });
const { entities: unhappy } = await tools.memory.search_nodes({ query: "#urgent" });

const net = (row: Row): number => row.revenue - row.refunds;
const table = [
  ["Customer", "Country", "Orders", "Revenue", "Refunds", "Net"],
  ...[...rows.values()]
    .sort((a, b) => net(b) - net(a))
    .map((row) => [
      row.name,
      row.country,
      row.orders,
      ...[row.revenue, row.refunds, net(row)].map((n) => n.toFixed(2)),
    ]),
];
const widths = table[0].map((_, column) => Math.max(...table.map((cells) => String(cells[column]).length)));
table.splice(
  1,
  0,
  widths.map((width) => "-".repeat(width)),
);
const pad = (cell: unknown, i: number) => (i < 2 ? String(cell).padEnd(widths[i]) : String(cell).padStart(widths[i]));

`${table.map((cells) => cells.map(pad).join("  ")).join("\n")}

To call: ${unhappy.map((entity) => entity.name).join(", ")}
Orders of unknown customers: ${strangers.join(", ")}
No notes about: ${withoutNotes.sort().join(", ")}`;
