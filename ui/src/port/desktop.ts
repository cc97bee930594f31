import { Channel, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Intent, SurfaceEndpoint, TileLayout, View } from '../contract';
import type { Key } from '../words';
import type { PictureInPicture, Port } from './port';

/** The Tauri shell. It only forwards; a command that fails is a defect of the shell, so it goes to the console. */
export class DesktopPort implements Port {
  readonly pictureInPicture: PictureInPicture = {
    show: (on) => void invoke('picture_in_picture', { on }).catch(report),
    watch: (listener) => hear('picture-in-picture', listener),
  };

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

  /** Hands over words that appear outside the page, with the places for values left open. */
  setWords(language: string, words: Partial<Record<Key, string>>): void {
    invoke('set_words', { language, words }).catch(report);
  }

  openLink(url: string): void {
    invoke('open_link', { url }).catch(report);
  }

  pickFiles(): void {
    invoke('pick_files').catch(report);
  }

  offerPasted(name: string, content: Blob): void {
    // The content goes as it is; headers carry letters only, so the name is encoded.
    content
      .arrayBuffer()
      .then((bytes) => invoke('offer_pasted', bytes, { headers: { 'x-name': encodeURIComponent(name) } }))
      .catch(report);
  }

  revealFile(file: string): void {
    invoke('reveal_file', { file }).catch(report);
  }

  onFilesOver(listener: (over: boolean) => void): () => void {
    return hear('files-over', listener);
  }

  saveText(name: string, text: string): void {
    invoke('save_text', { name, text }).catch(report);
  }
}

/** Listens to an event of the shell that says whether something is so. */
function hear(event: string, listener: (on: boolean) => void): () => void {
  const stop = listen<boolean>(event, ({ payload }) => listener(payload));
  stop.catch(report);
  return () => void stop.then((unlisten) => unlisten()).catch(report);
}

function report(error: unknown): void {
  console.error('the shell refused a command', error);
}
