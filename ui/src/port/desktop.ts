import { Channel, invoke } from '@tauri-apps/api/core';
import type { Intent, SurfaceEndpoint, TileLayout, View } from '../contract';
import type { Port } from './port';

/** The Tauri shell. It only forwards; a command that fails is a defect of the shell, so it goes to the console. */
export class DesktopPort implements Port {
  dispatch(intent: Intent): void {
    invoke('dispatch', { intent }).catch(report);
  }

  subscribe(listener: (view: View) => void): () => void {
    let listening = true;
    const channel = new Channel<View>();
    channel.onmessage = (view) => {
      if (listening) listener(view);
    };
    invoke('subscribe', { channel }).catch(report);
    return () => {
      listening = false;
    };
  }

  surface(): Promise<SurfaceEndpoint> {
    return invoke<SurfaceEndpoint>('surface_endpoint');
  }

  setTiles(layout: TileLayout): void {
    invoke('set_tiles', { layout }).catch(report);
  }
}

function report(error: unknown): void {
  console.error('the shell refused a command', error);
}
