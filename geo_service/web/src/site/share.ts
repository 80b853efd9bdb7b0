/** « Partager »: the sheet of the telephone where there is one, else the address copied. */

const DONE_MS = 4000;

/** Says something to readers of screens, by the one live region of every page. */
export function announce(sentence: string): void {
  const region = document.getElementById("annonce");
  if (region !== null) region.textContent = sentence;
}

export function comfortShare(button: HTMLButtonElement): void {
  const address = button.dataset["partager"] ?? location.href;
  const label = button.textContent;
  const title = button.dataset["titre"] ?? document.title;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function say(sentence: string): void {
    clearTimeout(timer);
    button.textContent = sentence;
    announce(sentence);
    timer = setTimeout(() => {
      button.textContent = label;
    }, DONE_MS);
  }

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(address);
      say("Adresse copiée");
    } catch {
      // A page without HTTPS, or a refusal: the address can still be copied by hand.
      window.prompt("Adresse à copier", address);
    }
  }

  button.addEventListener("click", () => {
    // Desktops have a sheet too, that shows less than the address copied.
    const sheet = matchMedia("(pointer: coarse)").matches && "share" in navigator;
    if (!sheet) {
      void copy();
      return;
    }
    navigator.share({ title, url: address }).catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === "AbortError")) void copy();
    });
  });
}
