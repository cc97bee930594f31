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
    // What was entered last: the next element is entered before this one is left. Counting them would go wrong when one
    // is taken away below the pointer.
    let last: EventTarget | null = null;
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const enter = (event: DragEvent) => {
      if (!carries(event)) return;
      if (last === null) hovering(true);
      last = event.target;
    };
    const leave = (event: DragEvent) => {
      if (!carries(event) || last === null || event.target !== last) return;
      last = null;
      hovering(false);
    };
    const over = (event: DragEvent) => {
      if (carries(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      if (!carries(event)) return;
      event.preventDefault();
      last = null;
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
