/** Most files that are offered at once; more were dropped by mistake. */
const AT_ONCE = 20;

/** The files that the guest has chosen: by dialog, drop or paste. They are known outside by a number and a name. */
export class Chosen {
  readonly #files = new Map<string, File>();
  #number = 0;

  /** @param offer says that a file was chosen, under this name. */
  constructor(private readonly offerAs: (path: string) => void) {}

  get(path: string): File | null {
    return this.#files.get(path) ?? null;
  }

  offer(files: Iterable<File>): void {
    for (const file of [...files].slice(0, AT_ONCE)) {
      this.#number += 1;
      const path = `${this.#number}/${file.name.replaceAll('/', '_')}`;
      this.#files.set(path, file);
      this.offerAs(path);
    }
  }

  /** Opens the browser's dialog; to be called while a click is handled. */
  pick(): void {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.onchange = () => this.offer(input.files ?? []);
    input.click();
  }

  /** Takes what is dropped onto the page, and tells when files hover over it; returns how to stop. */
  watch(hovering: (over: boolean) => void): () => void {
    // Every element that is entered and left is counted: only at none is the page left.
    let inside = 0;
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const enter = (event: DragEvent) => {
      if (carries(event) && (inside += 1) === 1) hovering(true);
    };
    const leave = (event: DragEvent) => {
      if (carries(event) && inside > 0 && (inside -= 1) === 0) hovering(false);
    };
    const over = (event: DragEvent) => {
      if (carries(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      inside = 0;
      hovering(false);
      this.offer(event.dataTransfer?.files ?? []);
    };
    const handlers = [
      ['dragenter', enter],
      ['dragleave', leave],
      ['dragover', over],
      ['drop', drop],
    ] as const;
    for (const [name, handler] of handlers) addEventListener(name, handler);
    return () => {
      for (const [name, handler] of handlers) removeEventListener(name, handler);
    };
  }

  forget(): void {
    this.#files.clear();
  }
}
