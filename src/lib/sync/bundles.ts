/** Many messages in one frame: y-websocket reads only the first message of a frame, so these come as one. */
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import type { WebsocketProvider } from 'y-websocket';
import { messageTypes } from '#domain/sync/wire.ts';

/** For a provider that asked for bundles with `bundle=1`. Each message goes to the handler of its type. */
export function readBundles(provider: WebsocketProvider): void {
  provider.messageHandlers[messageTypes.bundle] = (_encoder, decoder, _provider, emitSynced) => {
    while (decoding.hasContent(decoder)) {
      const message = decoding.createDecoder(decoding.readVarUint8Array(decoder));
      const type = decoding.readVarUint(message);
      // Nothing in a bundle asks for an answer, yet the provider's handlers begin one with a byte of its type,
      // and sends what is longer than one byte: each message gets an encoder that is thrown away.
      provider.messageHandlers[type]?.(encoding.createEncoder(), message, provider, emitSynced, type);
    }
  };
}
