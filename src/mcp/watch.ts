import type { Link } from "./link.ts";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Calls `refresh` whenever the server says that its list of tools changed, never twice at once. Legacy servers say it
 * unasked; at modern ones the returned function subscribes, and again when the subscription breaks.
 */
export function watchToolList(link: Link, refresh: () => Promise<void>): () => void {
  const { client } = link;
  const changed = oneAtATime(refresh);
  client.setNotificationHandler("notifications/tools/list_changed", changed);
  const announces = client.getServerCapabilities()?.tools?.listChanged === true;
  return () => {
    if (announces && client.getProtocolEra() === "modern") void subscribe(link, changed);
  };
}

async function subscribe(link: Link, changed: () => void): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  while (link.client.transport !== undefined) {
    try {
      const subscription = await link.client.listen({ toolsListChanged: true });
      const since = Date.now();
      const ending = await subscription.closed;
      if (ending !== "remote") return;
      if (Date.now() - since > LONGEST_PAUSE_MS) pause = FIRST_PAUSE_MS;
    } catch {
      // Not every server that promises it can do it; calls work all the same.
    }
    await new Promise<void>((resolve) => {
      const timer: { unref?(): void } = setTimeout(resolve, pause) as never;
      timer.unref?.();
    });
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    // What was announced while nobody listened is found out by looking.
    if (link.client.transport !== undefined) changed();
  }
}

/** Runs a task again if it was asked for while it ran; its failures are left to the next change. */
function oneAtATime(task: () => Promise<void>): () => void {
  let running = false;
  let again = false;
  const run = async (): Promise<void> => {
    running = true;
    do {
      again = false;
      await task().catch(() => {});
    } while (again);
    running = false;
  };
  return () => {
    again = true;
    if (!running) void run();
  };
}
