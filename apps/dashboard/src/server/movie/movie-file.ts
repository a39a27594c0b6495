import "server-only";
import { PilabError } from "@pilab/schema";
import { mayAct } from "../../lib/role.ts";
import { attachment } from "../attachment.ts";
import { borrowClient } from "../clients.ts";
import { refused } from "../export/refused.ts";
import { streamBody } from "../export/stream-body.ts";
import { logger } from "../logger.ts";
import { once } from "../once.ts";
import type { Current } from "../session/current.ts";
import { shutdown } from "../shutdown.ts";
import { ffmpegVersion } from "./ffmpeg.ts";
import { makeMovie } from "./make-movie.ts";
import { movieFrames, movieInput } from "./movie-frames.ts";
import { MovieSlots } from "./movie-slots.ts";

/** A series as an MP4 to save, sent while it is made; at most one at a time for each person. */
export async function movieFile(request: Request, { identity, session }: Current): Promise<Response> {
  const gone = new AbortController();
  const signal = AbortSignal.any([request.signal, gone.signal, shutdown().signal]);
  const { pilab, giveBack } = borrowClient(session.accessToken);
  let leave = giveBack;
  try {
    if (!mayAct(identity.role, "viewer")) throw new PilabError("forbidden", "A movie needs the role viewer");
    const input = movieInput.parse(Object.fromEntries(new URL(request.url).searchParams));
    if ((await ffmpegVersion()) === null)
      return new Response("There is no ffmpeg on the dashboard's host", { status: 501 });
    const giveSlotBack = once("movies", () => new MovieSlots()).take(identity.userId);
    leave = () => {
      giveSlotBack();
      giveBack();
    };
    const frames = await movieFrames(pilab, input, signal);
    const movie = makeMovie(pilab, frames, { fps: input.fps, signal });
    // What ffmpeg cannot begin is an answer, not a broken file.
    const first = await movie.next();
    const body = streamBody(startingWith(first, movie), {
      onCancel: () => gone.abort(),
      onEnd(error) {
        leave();
        if (error !== undefined && !signal.aborted) logger().warn({ err: error }, "a movie was cut");
      },
    });
    const name = `pilab-${input.series ?? "device"}-${frames[0]?.captured_at.slice(0, 10)}.mp4`;
    return new Response(body, {
      headers: {
        "content-type": "video/mp4",
        "content-disposition": attachment(name),
        "cache-control": "no-store",
        "x-pilab-frames": String(frames.length),
      },
    });
  } catch (error) {
    leave();
    return refused(error, "a movie");
  }
}

async function* startingWith<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
