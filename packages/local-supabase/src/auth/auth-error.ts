/** An answer of Supabase Auth to a request that it refuses. */
export class AuthRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;
  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  /** As GoTrue writes it; supabase-js reads `error_code` and `msg`. */
  toResponse(): Response {
    return Response.json(
      { code: this.status, error_code: this.code, msg: this.message },
      { status: this.status, headers: { "x-sb-error-code": this.code, ...this.headers } },
    );
  }
}
