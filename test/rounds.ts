/** How often tests of chance try: as written in `npm test`, twenty times that in `npm run soak`. */
const soak = Number(process.env.SOAK ?? 1);

export const rounds = (usual: number): number => usual * soak;
