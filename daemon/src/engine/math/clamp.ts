/** Bounding numbers. NaN becomes the lower bound: an undefined measure must never win anything. */

export function clamp(value: number, min: number, max: number): number {
  return value > min ? Math.min(value, max) : min;
}

/** To 0..1. */
export function clampUnit(value: number): number {
  return clamp(value, 0, 1);
}
