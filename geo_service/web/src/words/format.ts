/** Numbers, dates and lists as French typography writes them. */

const NBSP = "\u00a0";
const THIN = "\u202f";

/**
 * Put the non-breaking spaces French wants: before `; : ! ? % »` and after `«`.
 * To be used as a template tag on every sentence written in this page.
 */
export function fr(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  const text = parts.reduce((all, part, i) => all + String(values[i - 1] ?? "") + part);
  return text
    .replace(/ ([:%»])/g, `${NBSP}$1`)
    .replace(/ ([;!?])/g, `${THIN}$1`)
    .replace(/« /g, `«${NBSP}`);
}

const INTEGER = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 0 });
const DAY = new Intl.DateTimeFormat("fr-FR", {
  day: "numeric",
  month: "long",
  year: "numeric",
  timeZone: "UTC",
});

/** `1234` → `1 234`. */
export function number(value: number): string {
  return INTEGER.format(value);
}

/** A share between 0 and 1 as a whole percentage, never rounded to "none" or "all" when it is not. */
export function percent(share: number): string {
  return fr`${percentValue(share)} %`;
}

function percentValue(share: number): string {
  const hundredths = share * 100;
  if (hundredths > 0 && hundredths < 1) return `moins de${NBSP}1`;
  if (hundredths > 99 && hundredths < 100) return `plus de${NBSP}99`;
  return INTEGER.format(Math.round(hundredths));
}

/** `count(2, "commune")` → `2 communes`; French counts 0 and 1 as singular. */
export function count(value: number, singular: string, plural = `${singular}s`): string {
  return `${number(value)}${NBSP}${value >= 2 ? plural : singular}`;
}

/** `count` for inhabitants, or the fact that nobody knows. */
export function inhabitants(value: number | null): string {
  return value === null ? "population inconnue" : count(value, "habitant");
}

/** `["a", "b", "c"]` → `a, b et c`. */
export function list(items: readonly string[]): string {
  if (items.length <= 1) return items[0] ?? "";
  return `${items.slice(0, -1).join(", ")} et ${items.at(-1) ?? ""}`;
}

/** `2024-08-01` → `1er août 2024`; a text that is no date is given back as it is. */
export function day(iso: string): string {
  const date = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return iso;
  return DAY.format(date).replace(/^1 /, "1er ").replaceAll(" ", NBSP);
}

export function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
