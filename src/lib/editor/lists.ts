/** Lists in the editor: "- " inside an item is text, not the beginning of a list in the list. */
import { InputRule } from '@tiptap/core';
import type { Node as NodeExtension } from '@tiptap/core';

const items: ReadonlySet<string> = new Set(['listItem', 'taskItem']);

/**
 * Items may begin with any block, so that no merge can make one invalid; the stock rules would therefore wrap
 * the first line of an item in a list of its own.
 */
export const editorList = (list: NodeExtension): NodeExtension =>
  list.extend({
    addInputRules() {
      return (this.parent?.() ?? []).map(
        (rule) =>
          new InputRule({
            find: rule.find,
            handler: (props) => {
              const from = props.state.doc.resolve(props.range.from);
              const isFirstInItem = items.has(from.node(-1).type.name) && from.index(-1) === 0;
              return isFirstInItem ? null : rule.handler(props);
            },
          }),
      );
    },
  });
