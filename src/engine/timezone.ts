const formats = new Map<string, Intl.DateTimeFormat>();

/** Seconds that a zone is ahead of UTC at a time. The zone must be one that `isTimezone` accepts. */
export function zoneOffsetSeconds(timezone: string, epochSeconds: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(timezone).formatToParts(epochSeconds * 1000)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Math.round(Date.UTC(year, month - 1, day, hour % 24, minute, second) / 1000 - epochSeconds);
}

/** Whether the platform knows an IANA time zone of that name. */
export function isTimezone(timezone: string): boolean {
  try {
    formatOf(timezone);
    return true;
  } catch {
    return false;
  }
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (!format) {
    const fields = {
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    } as const;
    format = new Intl.DateTimeFormat("en-US", { ...fields, timeZone: timezone, hourCycle: "h23" });
    formats.set(timezone, format);
  }
  return format;
}
