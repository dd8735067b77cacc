/**
 * The schema of a document's text, as TipTap extensions that load without a DOM: the server reads and writes
 * text with it, the browser adds its views on top (`src/lib/editor`).
 *
 * Two laws. The schema only grows: an app that meets a name it does not know deletes that content from
 * everybody's copy by merely opening it, so nothing is ever renamed or removed, and growth raises
 * `documentSchemaVersion`. And containers take `*`, not `+`: two valid edits can together empty a container,
 * and a container that may not be empty would then be deleted by the first app that renders it.
 */
import { Extension, Node, getSchema, mergeAttributes } from '@tiptap/core';
import type { Extensions } from '@tiptap/core';
import { Blockquote } from '@tiptap/extension-blockquote';
import { Bold } from '@tiptap/extension-bold';
import { Code } from '@tiptap/extension-code';
import { CodeBlock } from '@tiptap/extension-code-block';
import { Document } from '@tiptap/extension-document';
import { HardBreak } from '@tiptap/extension-hard-break';
import { Heading } from '@tiptap/extension-heading';
import { HorizontalRule } from '@tiptap/extension-horizontal-rule';
import { Italic } from '@tiptap/extension-italic';
import { Link } from '@tiptap/extension-link';
import { BulletList, ListItem, OrderedList, TaskItem, TaskList } from '@tiptap/extension-list';
import { Paragraph } from '@tiptap/extension-paragraph';
import { Strike } from '@tiptap/extension-strike';
import { Subscript } from '@tiptap/extension-subscript';
import { Superscript } from '@tiptap/extension-superscript';
import { Table, TableCell, TableHeader, TableRow } from '@tiptap/extension-table';
import { Text } from '@tiptap/extension-text';
import { Underline } from '@tiptap/extension-underline';
import type { Schema } from '@tiptap/pm/model';
import { clauseNodeNames } from './clauses.ts';
import { isSafeHref } from './links.ts';

export const calloutKinds = ['note', 'tip', 'warning'] as const;
export type CalloutKind = (typeof calloutKinds)[number];

const calloutKindOf = (value: unknown): CalloutKind => calloutKinds.find((kind) => kind === value) ?? 'note';

/** A passage set apart: a note, a tip or a warning. */
export const Callout = Node.create({
  name: 'callout',
  group: 'block',
  content: 'block*',
  defining: true,
  addAttributes() {
    return {
      kind: {
        default: 'note',
        parseHTML: (element) => calloutKindOf(element.getAttribute('data-callout')),
        renderHTML: (attributes) => ({ 'data-callout': calloutKindOf(attributes['kind']) }),
      },
    };
  },
  parseHTML() {
    return [{ tag: 'aside[data-callout]' }];
  },
  renderHTML({ HTMLAttributes }) {
    return ['aside', mergeAttributes(HTMLAttributes), 0];
  },
});

/** A lasting name for each block, internal while drafting. Kept unique by the editor's clause-id plugin. */
const ClauseId = Extension.create({
  name: 'clauseId',
  addGlobalAttributes() {
    return [
      {
        types: [...clauseNodeNames],
        attributes: {
          clauseId: {
            default: null,
            parseHTML: (element) => element.getAttribute('data-clause'),
            renderHTML: (attributes) => {
              const id: unknown = attributes['clauseId'];
              return typeof id === 'string' ? { 'data-clause': id } : {};
            },
          },
        },
      },
    ];
  },
});

const safeLinkOptions = {
  openOnClick: false,
  // The autolinker also answers changes that come from others and would write a second time.
  autolink: false,
  linkOnPaste: true,
  defaultProtocol: 'https',
  HTMLAttributes: { rel: 'noopener noreferrer', target: null, class: null },
  isAllowedUri: (href: string) => isSafeHref(href),
};

const DocumentLink = Link.extend({
  addAttributes() {
    return {
      href: { default: null, parseHTML: (element) => element.getAttribute('href') },
      title: { default: null, parseHTML: (element) => element.getAttribute('title') },
    };
  },
}).configure(safeLinkOptions);

export const documentExtensions: Extensions = [
  // The root is never stored as a node, so it cannot be deleted by a merge; it alone keeps `block+`.
  Document,
  Text,
  Paragraph,
  Heading,
  BulletList.extend({ content: 'listItem*' }),
  OrderedList.extend({ content: 'listItem*' }),
  ListItem.extend({ content: 'block*' }),
  TaskList.extend({ content: 'taskItem*' }),
  TaskItem.extend({ content: 'block*' }).configure({ nested: true }),
  Blockquote.extend({ content: 'block*' }),
  Callout,
  CodeBlock,
  Table.extend({ content: 'tableRow*' }).configure({ resizable: false, View: null }),
  TableRow.extend({ content: '(tableCell | tableHeader)*' }),
  TableHeader.extend({ content: 'block*' }),
  TableCell.extend({ content: 'block*' }),
  HorizontalRule,
  HardBreak,
  Bold,
  Italic,
  Strike,
  // Code excludes only itself: links and emphasis on code are common in policies and must survive.
  Code.extend({ excludes: 'code' }),
  Underline,
  DocumentLink,
  Subscript,
  Superscript,
  ClauseId,
];

/** The ProseMirror schema. Built anew at each call; keep the result where you use it often. */
export const documentSchema = (): Schema => getSchema(documentExtensions);
