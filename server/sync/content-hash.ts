/**
 * What a document says, as a hash: text, attributes, nested types and maps, without who wrote it when and
 * without how it is cut into pieces. Two documents with equal hashes read the same.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import * as Y from 'yjs';

type AnyType = NonNullable<ReturnType<Y.Doc['share']['get']>>;

/** A type being read; nested ones lie on a stack of our own, since nothing bounds how deep they nest. */
interface Reading {
  type: AnyType;
  next: Y.Item | null;
  text: string;
  /** Keys of its map that are still to be read, the first one last. */
  keys: string[];
}

export function contentHash(doc: Y.Doc): string {
  const hash = createHash('sha256');
  for (const name of [...doc.share.keys()].sort()) {
    const root = doc.share.get(name);
    if (root === undefined || (root._start === null && root._map.size === 0)) continue;
    hash.update(`root ${JSON.stringify(name)}\n`);
    addType(hash, root);
  }
  return hash.digest('hex');
}

const begin = (type: AnyType): Reading => ({
  type,
  next: type._start,
  text: '',
  keys: [...type._map.keys()].sort().reverse(),
});

function addType(hash: Hash, root: AnyType): void {
  const stack = [begin(root)];
  for (let reading = stack.at(-1); reading !== undefined; reading = stack.at(-1)) {
    const content = nextContent(hash, reading);
    if (content === null) {
      hash.update('end\n');
      stack.pop();
    } else if (content instanceof Y.ContentType) {
      const { type } = content;
      const name = type instanceof Y.XmlElement ? type.nodeName : '';
      hash.update(`type ${type.constructor.name} ${JSON.stringify(name)}\n`);
      stack.push(begin(type as AnyType));
    } else addContent(hash, content);
  }
}

/** What comes next in a type and is not text, which is hashed in one piece; null at its end. */
function nextContent(hash: Hash, reading: Reading): Y.Item['content'] | null {
  const flush = () => {
    if (reading.text !== '') hash.update(`text ${JSON.stringify(reading.text)}\n`);
    reading.text = '';
  };
  while (reading.next !== null) {
    const { content, deleted, right } = reading.next;
    reading.next = right;
    if (deleted) continue;
    if (content instanceof Y.ContentString) reading.text += content.str;
    else {
      flush();
      return content;
    }
  }
  flush();
  for (let key = reading.keys.pop(); key !== undefined; key = reading.keys.pop()) {
    const item = reading.type._map.get(key);
    if (item === undefined || item.deleted) continue;
    hash.update(`key ${JSON.stringify(key)}\n`);
    // A value of text is one item.
    if (!(item.content instanceof Y.ContentString)) return item.content;
    hash.update(`text ${JSON.stringify(item.content.str)}\n`);
  }
  return null;
}

function addContent(hash: Hash, content: Y.Item['content']): void {
  if (content instanceof Y.ContentFormat)
    hash.update(`format ${JSON.stringify(content.key)} ${JSON.stringify(content.value)}\n`);
  else if (content instanceof Y.ContentEmbed) hash.update(`embed ${JSON.stringify(content.embed)}\n`);
  else if (content instanceof Y.ContentBinary) {
    hash.update(`binary ${content.content.length}\n`);
    hash.update(content.content);
  } else if (content instanceof Y.ContentDoc) hash.update(`doc ${JSON.stringify(content.doc.guid)}\n`);
  // JSON does not know bigint.
  else for (const value of content.getContent()) hash.update(`any ${describe(value)}\n`);
}

const describe = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner)) ??
  'undefined';
