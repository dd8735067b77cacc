/** Figures that a test of chance measures and does not judge: printed, and kept for the line of `npm run soak`. */
import { appendFileSync } from 'node:fs';

export function tell(figures: string): void {
  console.log(figures);
  const file = process.env.SOAK_FIGURES;
  if (file !== undefined) appendFileSync(file, `${figures}\n`);
}
