// Times in the reader's own zone: message times and Slack's <!date^…> tokens.

const part = (zone, options) => new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options });

/** `14:02` of a message's ts. */
export function clock(ts, zone) {
  return time(Number(ts), zone, false);
}

/** Weekday, day and time, for a tooltip. */
export function fullTime(seconds, zone) {
  const day = part(zone, { weekday: "long", month: "long", day: "numeric", year: "numeric" });
  return `${day.format(new Date(seconds * 1000))}, ${time(seconds, zone, true)} (${zone})`;
}

/** A heading for the day of a ts: Today, Yesterday, or the date. */
export function dayName(ts, zone) {
  const name = near(Number(ts), zone);
  if (name) return name[0].toUpperCase() + name.slice(1);
  return part(zone, { weekday: "long", month: "long", day: "numeric" }).format(new Date(Number(ts) * 1000));
}

function time(seconds, zone, withSeconds) {
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (withSeconds) options.second = "2-digit";
  return part(zone, options).format(new Date(seconds * 1000));
}

function dayKey(seconds, zone) {
  return part(zone, { year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date(seconds * 1000));
}

function near(seconds, zone) {
  const now = Date.now() / 1000;
  const key = dayKey(seconds, zone);
  if (key === dayKey(now, zone)) return "today";
  if (key === dayKey(now - 86400, zone)) return "yesterday";
  if (key === dayKey(now + 86400, zone)) return "tomorrow";
  return null;
}

/** A moment as the value of a datetime-local input, in a zone. */
export function wallTime(seconds, zone) {
  const shown = part(zone, { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const parts = Object.fromEntries(shown.formatToParts(new Date(seconds * 1000)).map((p) => [p.type, p.value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

/** The moment of a datetime-local value in a zone: guess it as UTC, then take off what the zone makes of the guess. */
export function fromWallTime(text, zone) {
  const wanted = Date.parse(`${text}Z`) / 1000;
  const off = (seconds) => Date.parse(`${wallTime(seconds, zone)}Z`) / 1000 - seconds;
  const guess = wanted - off(wanted);
  return Math.floor(wanted - off(guess));
}

function ago(seconds) {
  const minutes = Math.round((Date.now() / 1000 - seconds) / 60);
  const size = Math.abs(minutes);
  const words = size < 60 ? `${size} min` : size < 1440 ? `${Math.round(size / 60)} h` : `${Math.round(size / 1440)} days`;
  return minutes >= 0 ? `${words} ago` : `in ${words}`;
}

/** The text of a date token's format, e.g. `{date_short_pretty} {time}`; null when it names something unknown. */
export function dateText(seconds, format, zone) {
  const date = new Date(seconds * 1000);
  const say = (options) => part(zone, options).format(date);
  const shapes = {
    time: () => time(seconds, zone, false),
    time_secs: () => time(seconds, zone, true),
    date_num: () => dayKey(seconds, zone).replace(/(\d+)\/(\d+)\/(\d+)/, "$3-$1-$2"),
    date_slash: () => dayKey(seconds, zone),
    date: () => say({ month: "long", day: "numeric", year: "numeric" }),
    date_short: () => say({ month: "short", day: "numeric", year: "numeric" }),
    date_long: () => say({ weekday: "long", month: "long", day: "numeric", year: "numeric" }),
    ago: () => ago(seconds),
  };
  let known = true;
  const text = format.replace(/\{([a-z_]+)\}/g, (whole, name) => {
    const pretty = name.endsWith("_pretty");
    const shape = shapes[pretty ? name.slice(0, -"_pretty".length) : name];
    if (shape === undefined) known = false;
    return shape === undefined ? whole : (pretty && near(seconds, zone)) || shape();
  });
  return known ? text : null;
}
