import { describe, expect, it } from "vitest";
import {
  count,
  day,
  fr,
  inhabitants,
  list,
  number,
  percent,
} from "../src/words/format.ts";

const NBSP = "\u00a0";
const THIN = "\u202f";

describe("French typography", () => {
  it("puts non-breaking spaces before double punctuation and inside quotes", () => {
    expect(fr`Il manque : « un ${"site"} » ; vraiment ?`).toBe(
      `Il manque${NBSP}: «${NBSP}un site${NBSP}»${THIN}; vraiment${THIN}?`,
    );
  });

  it("parts thousands with a narrow space", () => {
    expect(number(34875)).toBe(`34${THIN}875`);
    expect(number(999)).toBe("999");
  });

  it("counts zero and one as singular", () => {
    expect(count(0, "commune")).toBe(`0${NBSP}commune`);
    expect(count(1, "lieu", "lieux")).toBe(`1${NBSP}lieu`);
    expect(count(2, "lieu", "lieux")).toBe(`2${NBSP}lieux`);
  });

  it("never rounds a share to none or all when it is not", () => {
    expect(percent(0.45)).toBe(`45${NBSP}%`);
    expect(percent(0)).toBe(`0${NBSP}%`);
    expect(percent(1)).toBe(`100${NBSP}%`);
    expect(percent(0.001)).toBe(`moins de${NBSP}1${NBSP}%`);
    expect(percent(0.9996)).toBe(`plus de${NBSP}99${NBSP}%`);
  });

  it("says that a population is not known", () => {
    expect(inhabitants(null)).toBe("population inconnue");
    expect(inhabitants(1)).toBe(`1${NBSP}habitant`);
  });

  it("joins lists with a last « et »", () => {
    expect(list([])).toBe("");
    expect(list(["a"])).toBe("a");
    expect(list(["a", "b", "c"])).toBe("a, b et c");
  });

  it("writes dates, the first of a month as « 1er »", () => {
    expect(day("2024-08-01")).toBe(`1er${NBSP}août${NBSP}2024`);
    expect(day("2026-11-21")).toBe(`21${NBSP}novembre${NBSP}2026`);
    expect(day("inconnue")).toBe("inconnue");
  });
});
