import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createSandbox, type HostObjectOptions, hostObject } from "../../src/index.ts";

describe("hostObject", () => {
  test("refuses options that it cannot use, with a reason", () => {
    const make = (options: unknown) => () => hostObject(options as HostObjectOptions);
    const property = (age: unknown) => make({ properties: { age } });
    expect(make(undefined)).toThrow("Expected the options of hostObject, got undefined");
    expect(make({})).toThrow("hostObject: expected `properties` to be an object, got undefined");
    expect(make({ properties: {}, onwrite: 1 })).toThrow('Unknown option "onwrite" of hostObject');
    expect(make({ properties: {}, onWrite: 1 })).toThrow("expected `onWrite` to be a function, got 1 (number)");
    expect(make({ properties: { "a-b": {} } })).toThrow('the property "a-b" is not a JavaScript identifier');
    expect(make({ properties: { prototype: {} } })).toThrow('the property "prototype" can\'t be used as a name');
    expect(property(7)).toThrow(
      "expected `properties.age` to be an object such as { value, writable }, got 7 (number)",
    );
    expect(property({ readonly: true })).toThrow('Unknown option "readonly" of the property "age"');
    expect(property({ value: new Date(0) })).toThrow(
      'the value of "age" is no plain data: only plain objects, arrays and primitives are kept, not a Date',
    );
    expect(property({ value: () => 1 })).toThrow('the value of "age" is no plain data');
    expect(property({ value: 1, schema: { type: "string" } })).toThrow(
      "Invalid value for property properties.age: expected a string, got 1 (number)",
    );
    expect(property({ schema: { type: "wrong" } })).toThrow("to be a well-formed JSON Schema");
    expect(property({ schema: z.string() })).toThrow("with Zod pass z.toJSONSchema(schema)");
    expect(property({ schema: 5 })).toThrow("expected `properties.age.schema` to be a JSON Schema, got 5 (number)");
    expect(make({ properties: { a: {} }, tools: { a: () => 1 } })).toThrow('"a" is both a property and a tool');
    expect(make({ properties: {}, tools: { a: 1 } })).toThrow(
      "expected `tools.a` to be a function or a defined tool, got 1 (number)",
    );
    expect(() => hostObject({ properties: {} }).get("nope")).toThrow('The host object has no property "nope"');
  });

  test("takes the schema of another library as JSON Schema", async () => {
    const schema = z.toJSONSchema(z.number().min(18)) as Record<string, unknown>;
    const user = hostObject({ properties: { age: { value: 20, schema, writable: true } } });
    await using sandbox = createSandbox({ globals: { user } });
    expect(await sandbox.run("user.age = 3")).toMatchObject({ status: "failed", mutations: [] });
    expect(await sandbox.run("user.age = 30")).toMatchObject({ mutations: [{ before: 20, after: 30 }] });
  });

  test("takes its values and schemas when it is made", async () => {
    const value = { list: [1] };
    const schema = { type: "object" };
    const user = hostObject({ properties: { it: { value, schema, writable: true } } });
    value.list.push(2);
    schema.type = "string";
    expect(user.get("it")).toEqual({ list: [1] });
    await using sandbox = createSandbox({ globals: { user } });
    expect(await sandbox.run("user.it = {}")).toMatchObject({ status: "completed" });
  });

  test("stands where a name leads to it, once", () => {
    const user = hostObject({ properties: {} });
    expect(() => createSandbox({ globals: { list: [user] } })).toThrow(
      "`globals.list.0`: a host object can't stand in an array",
    );
    expect(() => createSandbox({ globals: { a: user, b: { c: user } } })).toThrow(
      "`globals.b.c`: this host object stands in two places",
    );
    expect(() => createSandbox({ globals: { a: { "b-c": user } } })).toThrow(
      'the name "b-c" is not a JavaScript identifier',
    );
  });

  test("leaves runs without host objects without mutations", async () => {
    await using sandbox = createSandbox();
    expect(await sandbox.run("1")).not.toHaveProperty("mutations");
  });
});
