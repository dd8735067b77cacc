/** How often tests of chance try: as written in `npm test`, more in each lap of `npm run soak`. */
const soak = Number(process.env.SOAK ?? 1);

export const rounds = (usual: number): number => usual * soak;

/** For what grows in number and in size: both grow with the root, so that the work grows as the rounds do. */
export const grown = (usual: number): number => Math.round(usual * Math.sqrt(soak));
