/** A browser's description of itself, shortened to what a person recognises: "Chrome on Android". */
const browsers: readonly [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS/, 'Firefox'],
  [/Chrome\/|CriOS/, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const systems: readonly [RegExp, string][] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'Mac'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

const first = (all: readonly [RegExp, string][], text: string): string | undefined =>
  all.find(([sign]) => sign.test(text))?.[1];

/** Null when neither browser nor system is recognised. */
export function deviceNameOf(userAgent: string | null): string | null {
  if (!userAgent) return null;
  return [first(browsers, userAgent), first(systems, userAgent)].filter(Boolean).join(' · ') || null;
}
