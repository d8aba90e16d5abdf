import { describe, expect, test } from "vitest";
import { sleep } from "../support.ts";
import { run, told } from "./llmz-running.ts";

describe("Y1 to Y4: yields", () => {
  const collect = () => {
    const seen: unknown[] = [];
    return { seen, message: async (component: unknown) => void seen.push(component) };
  };

  test("Y1: a component has its type in capitals, props, components in props, and children", async () => {
    const { message, seen } = collect();
    const code = "yield <message my-bool data={{ a: [1] }} icon={<star big={false}/>}>Hello</message>";
    const { traces } = await run(code, { message });
    const component = {
      __jsx: true,
      type: "MESSAGE",
      props: {
        "my-bool": true,
        data: { a: [1] },
        icon: { __jsx: true, type: "STAR", props: { big: false }, children: [] },
      },
      children: ["Hello"],
    };
    expect(seen).toEqual([component]);
    expect(told(traces)).toEqual([{ type: "yield", value: component }]);
  });

  test("Y2: each handler is called in order, and the program waits for it", async () => {
    const order: unknown[] = [];
    const context = {
      Message: async ({ props }: { props: { id: number } }) => {
        order.push(`start ${props.id}`);
        await sleep(5);
        order.push(`end ${props.id}`);
      },
      "message:button": () => order.push("button"),
      look: () => order.push("look"),
    };
    const code = "for (let id = 0; id < 3; id++) yield <message id={id}/>;\nawait look();\nyield <message:button/>";
    await run(code, context);
    expect(order).toEqual(["start 0", "end 0", "start 1", "end 1", "start 2", "end 2", "look", "button"]);
  });

  test("Y3: text over several lines, with a handler of any case", async () => {
    const { message, seen } = collect();
    const text = "Fish:\n- cod\n- eel\n```js\nlet a = {};\n```";
    await run(`yield <Message>{${JSON.stringify(text)}}</Message>`, { mEssAge: message });
    expect(seen).toMatchObject([{ type: "MESSAGE", children: [text] }]);
  });

  test("Y4: what throws while a component is made ends the run after those that were sent", async () => {
    const { message, seen } = collect();
    const code =
      "const oops = () => { throw new Error('Oops') };\nyield <message>one</message>;\nyield <message>{oops()}</message>;";
    const { error, success } = await run(code, { message });
    expect({ success, message: error?.message }).toEqual({ success: false, message: "Oops" });
    expect(seen).toHaveLength(1);
  });

  test("a handler that fails throws at the yield; what is no component, or has no handler, does too", async () => {
    const message = () => Promise.reject(new Error("offline"));
    const code = `const seen = [];
for (const make of [() => <message/>, () => <nope/>, () => 1]) try { yield make() } catch (error) { seen.push(error.message) }
return seen`;
    expect((await run(code, { message })).return_value).toEqual([
      "offline",
      'Yield tool "NOPE", but tool is not found',
      "A yield statement must yield a valid tool",
    ]);
  });
});
