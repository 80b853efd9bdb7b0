/** The hatching that marks what is not known. */

/** Diagonal stripes on a transparent tile of `size` pixels, seamless on every side. */
export function hatching(colour: string, size = 16): ImageData {
  const image = new ImageData(size, size);
  const [red, green, blue] = rgb(colour);
  const period = size / 2;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if ((x + y) % period >= 3) continue;
      image.data.set([red, green, blue, 255], (y * size + x) * 4);
    }
  }
  return image;
}

function rgb(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
