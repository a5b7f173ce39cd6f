// ThumbHash, decoding only. Written from the description of the format at evanw.github.io/thumbhash: a header of packed
// averages and scales, then the coefficients of a cosine transform, four bits each, of luminance (L), yellow-blue (P),
// red-green (Q) and, where there is transparency, alpha.

// How many coefficients a triangle of nx by ny has, without the constant one, and which: [x, y] in file order.
function frequencies(nx, ny) {
  const list = [];
  for (let y = 0; y < ny; y++) {
    for (let x = y === 0 ? 1 : 0; x * ny < nx * (ny - y); x++) list.push([x, y]);
  }
  return list;
}

function cosines(count, size) {
  return Array.from({ length: count }, (_, frequency) =>
    Float32Array.from({ length: size }, (_, at) => Math.cos((Math.PI / size) * (at + 0.5) * frequency)));
}

function bytesOf(base64) {
  const text = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** The picture in `base64` as ImageData of at most 32 pixels a side; null where it is none. */
export function decodeThumbhash(base64) {
  let bytes;
  try {
    bytes = bytesOf(base64);
  } catch {
    return null;
  }
  if (bytes.length < 5) return null;

  const head = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
  const tail = bytes[3] | (bytes[4] << 8);
  const hasAlpha = head >> 23 !== 0;
  const landscape = tail >> 15 !== 0;
  if (hasAlpha && bytes.length < 6) return null;
  const long = hasAlpha ? 5 : 7;
  const short = Math.max(3, tail & 7);
  const nx = landscape ? long : short;
  const ny = landscape ? short : long;

  let nibble = (hasAlpha ? 6 : 5) * 2;
  const channel = (constant, cx, cy, scale) => ({
    constant,
    terms: frequencies(cx, cy).map(([x, y]) => {
      const byte = bytes[nibble >> 1] ?? 0x77;
      const four = (nibble++ & 1 ? byte >> 4 : byte) & 15;
      return [x, y, (four / 7.5 - 1) * scale];
    }),
  });
  const luminance = channel((head & 63) / 63, nx, ny, ((head >> 18) & 31) / 31);
  // Colour was quantised a little too quietly on purpose; 1.25 gives it back.
  const yellowBlue = channel(((head >> 6) & 63) / 31.5 - 1, 3, 3, (((tail >> 3) & 63) / 63) * 1.25);
  const redGreen = channel(((head >> 12) & 63) / 31.5 - 1, 3, 3, (((tail >> 9) & 63) / 63) * 1.25);
  const alpha = hasAlpha ? channel((bytes[5] & 15) / 15, 5, 5, (bytes[5] >> 4) / 15) : { constant: 1, terms: [] };

  const ratio = nx / ny;
  const width = Math.round(ratio > 1 ? 32 : 32 * ratio);
  const height = Math.round(ratio > 1 ? 32 / ratio : 32);
  const across = cosines(8, width);
  const down = cosines(8, height);
  const at = ({ constant, terms }, x, y) => {
    let value = constant;
    for (const [fx, fy, amount] of terms) value += amount * across[fx][x] * down[fy][y] * 2;
    return value;
  };

  const image = new ImageData(width, height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      const l = at(luminance, x, y);
      const p = at(yellowBlue, x, y);
      const q = at(redGreen, x, y);
      const blue = l - (2 / 3) * p;
      const red = (3 * l - blue + q) / 2;
      image.data[i] = red * 255;
      image.data[i + 1] = (red - q) * 255;
      image.data[i + 2] = blue * 255;
      image.data[i + 3] = at(alpha, x, y) * 255;
    }
  }
  return image;
}
