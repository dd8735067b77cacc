/** The blocks that rules and cases can cite. Apart from the schema, so that the server need not load it. */
export const clauseNodeNames = ['heading', 'paragraph', 'listItem', 'taskItem', 'tableRow'] as const;

export const isClauseNodeName = (name: string): boolean =>
  (clauseNodeNames as readonly string[]).includes(name);
