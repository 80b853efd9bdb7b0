/** Patterns drawn over colours, so that no meaning is told by colour alone. */

/** Diagonal stripes on a transparent tile of `size` pixels, seamless on every side. */
export function hatching(colour: string, size = 16): ImageData {
  const period = size / 2;
  return tile(colour, size, (x, y) => (x + y) % period < 3);
}

/** Dots in staggered rows on a transparent tile of `size` pixels. */
export function dotting(colour: string, size = 16): ImageData {
  const half = size / 2;
  const centres = [
    [half / 2, half / 2],
    [half + half / 2, half + half / 2],
  ] as const;
  return tile(colour, size, (x, y) =>
    centres.some(([cx, cy]) => Math.hypot(x + 0.5 - cx, y + 0.5 - cy) < 2),
  );
}

function tile(colour: string, size: number, inked: (x: number, y: number) => boolean): ImageData {
  const image = new ImageData(size, size);
  const value = Number.parseInt(colour.slice(1), 16);
  const ink = [(value >> 16) & 255, (value >> 8) & 255, value & 255, 255];
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) if (inked(x, y)) image.data.set(ink, (y * size + x) * 4);
  }
  return image;
}
