import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '#domain/errors.ts';
import type { House } from '#server/http/house.ts';

declare global {
  namespace App {
    interface Error {
      message: string;
      /** Always given by the hooks; absent only in what Kit itself throws. */
      code?: ErrorCode;
    }
    interface Locals {
      /** Who asks, and the router to ask; absent while prerendering. */
      house?: House;
      /** The language of what the page shows, where that is not the reader's choice. */
      language?: string;
    }
    interface PageState {
      /** Made a moment ago, to be written: the caret goes into its text. */
      writes?: boolean;
    }
    interface Platform {
      req?: IncomingMessage & { house?: House };
    }
  }
}
