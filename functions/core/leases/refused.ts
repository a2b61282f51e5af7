/** Thrown when what was to be made is there already: a request that was resolved before. Nothing was changed. */
export class Refused extends Error {
  constructor() {
    super('A write found what it did not expect.');
    this.name = 'Refused';
  }
}
