/** Frames of one movie. */
export const MOST_MOVIE_FRAMES = 5000;
