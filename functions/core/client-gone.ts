/** Why a request is aborted whose client has left, so that there is nobody to tell anything. */
export class ClientGone extends Error {
  constructor() {
    super('The client went away.');
    this.name = 'ClientGone';
  }
}

/** Whether it is the client that has gone, and not our side that ended the request. */
export function hasLeft({ gone }: { readonly gone: AbortSignal }): boolean {
  return gone.reason instanceof ClientGone;
}
