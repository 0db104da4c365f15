type Failure = Error | null | undefined;

/** Turns one of the library's calls with a callback into a promise. */
export function called<T>(call: (done: (error: Failure, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)));
  });
}

/** The same for a call that gives no value. */
export function finished(call: (done: (error?: Failure) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(error) : resolve()));
  });
}
