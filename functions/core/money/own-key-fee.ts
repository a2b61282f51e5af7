import { parseDecimal } from './money.ts';
import type { PicoUsd, Price, TokenPrices } from './price.ts';

/** What an answer costs that an owner's own key paid for: nothing, so much a request, or a part of what it costs with ours. */
export type OwnKeyFee = { request: PicoUsd } | { hundredths: bigint };

export const NO_FEE: OwnKeyFee = { request: 0n };

const PICO_DECIMALS = 12;
/** Of a per cent. */
const PERCENT_DECIMALS = 2;
const WHOLE = 10_000n;

/** `0.0005`: US dollars a request; `5%`: of the token price. Null where it is neither. */
export function parseOwnKeyFee(text: string): OwnKeyFee | null {
  if (text.endsWith('%')) {
    const hundredths = parseDecimal(text.slice(0, -1), PERCENT_DECIMALS);
    return hundredths === null || hundredths < 0n || hundredths > WHOLE ? null : { hundredths };
  }
  const request = parseDecimal(text, PICO_DECIMALS);
  return request === null || request < 0n ? null : { request };
}

/** What is charged in place of a price. A part of the smallest unit is a whole one. */
export function feeOn(price: Price, fee: OwnKeyFee): Price {
  if ('request' in fee) return { ...scaled(price, 0n), request: fee.request, tiers: [] };
  const { hundredths } = fee;
  return {
    ...scaled(price, hundredths),
    request: part(price.request, hundredths),
    tiers: price.tiers.map((tier) => ({ aboveInputTokens: tier.aboveInputTokens, ...scaled(tier, hundredths) })),
  };
}

function scaled(prices: TokenPrices, hundredths: bigint): TokenPrices {
  return {
    input: part(prices.input, hundredths),
    output: part(prices.output, hundredths),
    cacheRead: part(prices.cacheRead, hundredths),
    cacheWrite: part(prices.cacheWrite, hundredths),
    cacheWrite1h: part(prices.cacheWrite1h, hundredths),
    inputAudio: part(prices.inputAudio, hundredths),
    reasoning: part(prices.reasoning, hundredths),
  };
}

function part(price: PicoUsd, hundredths: bigint): PicoUsd {
  return (price * hundredths + WHOLE - 1n) / WHOLE;
}
