"use client";

/** When even the frame of the pages fails. */
export default function GlobalError({ reset }: { reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <main>
          <title>Error · PiLab</title>
          <h1>The dashboard failed</h1>
          <p>
            Nothing of your data is touched by this. Try again; if it stays so, the server's log says more.
          </p>
          <button type="button" onClick={reset}>
            Try again
          </button>
        </main>
      </body>
    </html>
  );
}
