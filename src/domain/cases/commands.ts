/** The commands of this noun: inputs, and the guess a device shows while the server has not answered. */
export const caseCommands = {};
