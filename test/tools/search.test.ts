import { describe, expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { createToolTable, defineTool, searchTools } from "../../src/tools/index.ts";

const run = () => 1;
const table = createToolTable(
  {
    github: {
      listIssues: defineTool({ description: "Open and closed issues of a repository", run }),
      create_issue: defineTool({ description: "Opens an issue", input: { properties: { repoName: {} } }, run }),
      HTTPStatus: defineTool({ description: "Whether it is up", run }),
    },
    mail: { send: defineTool({ description: "Sends a message about an issue", run }) },
    add: () => 1,
  },
  { getWeather: () => 1 },
);
const names = (query: string, limit?: number) =>
  searchTools(table, query, limit === undefined ? {} : { limit }).map((match) => match.name);

describe("searchTools", () => {
  test("ranks names before parameters before descriptions, and more words before fewer", () => {
    expect(names("issues")).toEqual(["github.create_issue", "github.listIssues", "mail.send"]);
    expect(names("list the issues")).toEqual(["github.listIssues", "github.create_issue", "mail.send"]);
    expect(names("repo")).toEqual(["github.create_issue", "github.listIssues"]);
    expect(names("http status")).toEqual(["github.HTTPStatus"]);
    expect(names("GET-weather")).toEqual(["getWeather"]);
    expect(names("nothing here matches xyz")).toEqual([]);
  });

  test("gives what is needed to call the tool", () => {
    expect(searchTools(table, "add")).toEqual([
      { name: "add", score: 4, signature: "add(...args: unknown[]): Promise<unknown>" },
    ]);
    expect(searchTools(table, "listIssues")[0]).toMatchObject({
      description: "Open and closed issues of a repository",
      signature: "github.listIssues(input?: unknown): Promise<unknown>",
    });
  });

  test("keeps to the limit, and lists by name without a query", () => {
    expect(names("issue", 1)).toEqual(["github.create_issue"]);
    expect(names("", 2)).toEqual(["add", "getWeather"]);
  });

  test("refuses wrong options", () => {
    expect(() => searchTools(table, 5 as never)).toThrow(UsageError);
    expect(() => searchTools(table, "x", { limit: 0 })).toThrow(
      "option `limit` to be an integer from 1 up, got 0 (number)",
    );
  });
});
