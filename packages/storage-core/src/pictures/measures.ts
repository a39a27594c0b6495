/** Brightness, sharpness and contrast of one picture, each 0–1. */
export interface Measures {
  brightness: number;
  sharpness: number;
  contrast: number;
}

/** Raised whenever a formula below changes: measures of two versions do not compare. */
export const MEASURES_VERSION = "1";

/** A picture is measured at this size, whatever its own: measures of two cameras then compare. */
export const MEASURED_EDGE_PX = 512;

/** The variance of the Laplacian (8-bit luma) that gives a sharpness of one half; camera pictures reach 30 (flat) to 3000. */
const HALF_SHARP_VARIANCE = 500;

/**
 * Measures the Rec. 601 luma of interleaved 8-bit RGB.
 *
 * - brightness: the mean, over 255
 * - contrast: the standard deviation, over 127.5, which half black and half white reach
 * - sharpness: v / (v + 500), v being the variance of the 4-neighbour Laplacian; 0 for a flat picture, towards 1 with detail
 */
export function measure(rgb: Uint8Array, width: number, height: number): Measures {
  const luma = new Uint8Array(width * height);
  let sum = 0;
  let squares = 0;
  for (let i = 0, at = 0; i < luma.length; i += 1, at += 3) {
    const value =
      (77 * (rgb[at] as number) + 150 * (rgb[at + 1] as number) + 29 * (rgb[at + 2] as number) + 128) >> 8;
    luma[i] = value;
    sum += value;
    squares += value * value;
  }
  const { mean, variance } = moments(sum, squares, luma.length);
  const detail = detailOf(luma, width, height);
  return {
    brightness: round(mean / 255),
    sharpness: round(detail / (detail + HALF_SHARP_VARIANCE)),
    contrast: round(Math.min(1, Math.sqrt(variance) / 127.5)),
  };
}

/** The variance of the Laplacian; its values are not kept, as they are wanted once. */
function detailOf(luma: Uint8Array, width: number, height: number): number {
  const at = (i: number) => luma[i] as number;
  let sum = 0;
  let squares = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let i = y * width + 1; i < (y + 1) * width - 1; i += 1) {
      const value = at(i - 1) + at(i + 1) + at(i - width) + at(i + width) - 4 * at(i);
      sum += value;
      squares += value * value;
    }
  }
  return moments(sum, squares, Math.max(0, width - 2) * Math.max(0, height - 2)).variance;
}

function moments(sum: number, squares: number, values: number): { mean: number; variance: number } {
  const count = Math.max(1, values);
  const mean = sum / count;
  return { mean, variance: Math.max(0, squares / count - mean * mean) };
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
