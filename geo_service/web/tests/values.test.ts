import { describe, expect, it } from "vitest";
import { colourOf, patternOf, ramp, themeOf } from "../src/map/palette.ts";
import { readState, writeState } from "../src/map/view-state.ts";
import { parseBbox, parseIndicator } from "../src/map/source.ts";
import { draw } from "../src/map/values.ts";
import { ENGLISH } from "../src/map/words-en.ts";
import { FRENCH } from "../src/map/words.ts";

const WHOLE = { kind: "ensemble" } as const;
const SERVICE = { kind: "service", code: "wifi" } as const;

describe("shares", () => {
  const values = {
    indicateur: "taux",
    codes: ["a", "b", "c"],
    valeurs: [0.1, 0.9, null],
  } as const;

  it("have a class each, the unknown apart and hatched", () => {
    const drawing = draw(values, FRENCH, "commune", WHOLE);
    expect([...drawing.classes]).toEqual([["a", 0], ["b", 1], ["c", -1]]);
    expect(drawing.legend.entries.map(({ label }) => label)).toEqual([
      "10\u00a0%",
      "90\u00a0%",
      "non documenté",
    ]);
    expect(drawing.legend.entries.map(({ fill }) => patternOf(fill))).toEqual([
      null,
      null,
      "hatched",
    ]);
    expect(drawing.legend.note).toBe("Une couleur par valeur, sur 3\u00a0communes.");
  });

  it("are said in words, what has no value apart from what has no data", () => {
    const drawing = draw(values, FRENCH, "commune", WHOLE);
    expect(["b", "c", "z"].map(drawing.describe)).toEqual([
      "90\u00a0%",
      "non documenté",
      "aucune donnée",
    ]);
    expect(draw(values, ENGLISH, "commune", WHOLE).describe("b")).toBe("90%");
  });

  it("take the classes of the static map where they are given", () => {
    const classes = { lows: [0, 50], highs: [49, 100], exact: false, total: 34875 };
    const drawing = draw({ ...values, classes }, FRENCH, "commune", WHOLE);
    expect(drawing.legend.entries.map(({ label, detail }) => [label, detail])).toEqual([
      ["0 à 49\u00a0%", "1\u00a0commune"],
      ["50 à 100\u00a0%", "1\u00a0commune"],
      ["non documenté", "1\u00a0commune"],
    ]);
    expect(drawing.legend.note).toContain("Fisher-Jenks");
    expect(drawing.legend.note).toContain("34\u202f875");
  });

  it("that nobody knows are a question, not a gap", () => {
    const nobody = { indicateur: "taux", codes: ["a"], valeurs: [null] } as const;
    const [entry, ...more] = draw(nobody, FRENCH, "region", SERVICE).legend.entries;
    expect(more).toEqual([]);
    expect(entry?.meaning).toContain("ce n’est pas un manque");
  });
});

describe("statuts", () => {
  const drawing = draw(
    { indicateur: "statut", codes: ["a", "b"], valeurs: ["absent", null] },
    FRENCH,
    "commune",
    SERVICE,
  );

  it("tell absent from not known by colour and by pattern", () => {
    const [a, b] = ["a", "b"].map((code) => drawing.fills[drawing.classes.get(code) ?? -1]);
    const theme = themeOf(false);
    if (a === undefined || b === undefined) throw new Error("a class without a fill");
    expect(colourOf(a, theme)).toBe("#ec8c4a");
    expect([patternOf(a), patternOf(b)]).toEqual(["dotted", "hatched"]);
    expect(colourOf(a, theme)).not.toBe(colourOf(b, theme));
  });

  it("are named in the list and in the legend", () => {
    expect(["a", "b"].map(drawing.describe)).toEqual(["absent", "non renseigné"]);
    expect(drawing.legend.entries).toHaveLength(4);
  });
});

describe("colours of a host page", () => {
  it("replace ours, scheme by scheme", () => {
    const given = { light: { sea: "#ffffff", ramp: ["#eeeeee", "#000000"] } };
    expect(themeOf(false, given).sea).toBe("#ffffff");
    expect(themeOf(true, given).sea).toBe("#0f1d23");
    expect(ramp(3, themeOf(false, given).ramp)).toEqual(["#eeeeee", "#777777", "#000000"]);
  });
});

describe("a view that is shared", () => {
  it("is read as it was written", () => {
    const view = {
      indicator: SERVICE,
      level: "commune",
      camera: { zoom: 9.25, centre: [3.501, 44.518] },
      chosen: { niveau: "commune", code: "48018" },
      year: 2025,
    } as const;
    const text = writeState({ ...view, camera: { zoom: 9.25, centre: [3.501, 44.518] } });
    expect(text).toBe(
      "indicateur=service:wifi&niveau=commune&vue=9.25/44.5180/3.5010&choix=commune/48018&label=2025",
    );
    expect(readState(text)).toEqual(view);
  });

  it("leaves out what it cannot read", () => {
    expect(readState("vue=9/200/abc&choix=lune/1&niveau=pays&label=x")).toEqual({});
    expect(readState("")).toEqual({});
  });
});

describe("what a figure says of itself", () => {
  it.each([
    ["service:wifi", SERVICE],
    ["ensemble", WHOLE],
    ["", WHOLE],
    ["commune:1", WHOLE],
    [undefined, WHOLE],
  ])("reads the indicator %s", (text, expected) => {
    expect(parseIndicator(text)).toEqual(expected);
  });

  it.each(["", "1,2,3", "3,2,1,4", "a,b,c,d", undefined])("refuses the box %s", (text) => {
    expect(parseBbox(text)).toBeNull();
  });
});
