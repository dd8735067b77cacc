import type { IncomingMessage } from 'node:http';
import type { House } from '#server/http/house.ts';

declare global {
  namespace App {
    interface Locals {
      /** Who asks, and the router to ask; absent while prerendering. */
      house?: House;
    }
    interface Platform {
      req?: IncomingMessage & { house?: House };
    }
  }
}
