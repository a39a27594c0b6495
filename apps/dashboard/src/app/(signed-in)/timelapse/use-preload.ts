"use client";
import { useEffect, useRef, useState } from "react";

/** Loads these pictures ahead, and lets go of all others: as many are held as are asked for. */
export function usePreload(urls: readonly string[]): (url: string) => boolean {
  const held = useRef(new Map<string, HTMLImageElement>());
  const [ready, setReady] = useState<ReadonlySet<string>>(new Set());
  const key = urls.join("\n");

  useEffect(() => {
    const wanted = new Set(key === "" ? [] : key.split("\n"));
    for (const url of held.current.keys()) {
      if (wanted.has(url)) continue;
      // Taken from the picture, its address ends a request that still runs.
      held.current.get(url)?.removeAttribute("src");
      held.current.delete(url);
    }
    for (const url of wanted) {
      if (held.current.has(url)) continue;
      const picture = new Image();
      held.current.set(url, picture);
      picture.src = url;
      // One that cannot be shown is not waited for.
      const done = () => {
        if (held.current.get(url) === picture) {
          setReady((before) => new Set([...before].filter((other) => held.current.has(other)).concat(url)));
        }
      };
      picture.decode().then(done, done);
    }
  }, [key]);
  useEffect(() => {
    const pictures = held.current;
    return () => {
      for (const picture of pictures.values()) picture.removeAttribute("src");
      pictures.clear();
    };
  }, []);

  return (url) => ready.has(url);
}
