import type { Policy } from "../../src/index.ts";

/** Denies `drop` with a reason, and `write` to who is no admin. */
export const policy: Policy = async ({ tool, data }) => {
  if (tool === "drop") return { deny: "tables stay" };
  return tool === "write" && (data as { admin: boolean }).admin === false ? "deny" : "allow";
};
