import type * as Bedrock from '@aws-sdk/client-bedrock-runtime';

type Document = Exclude<Bedrock.ToolUseBlock['input'], undefined>;

/** A JSON document that is an object. The SDK's own type of documents is recursive, so it is not looked into. */
export type Json = Extract<Document, { [key: string]: unknown }>;

/** A type of the SDK as it stands on the wire, where bytes are base64. */
type Wire<T> = Document extends T
  ? T
  : T extends Uint8Array
    ? string
    : T extends object
      ? { [Field in keyof T]: Wire<T[Field]> }
      : T;

export type ContentBlock = Wire<Bedrock.ContentBlock>;
export type SystemBlock = Wire<Bedrock.SystemContentBlock>;
export type CachePoint = { cachePoint: Wire<Bedrock.CachePointBlock> };
export type Tool = Wire<Bedrock.Tool>;
export type ToolChoice = Wire<Bedrock.ToolChoice>;
export type ToolConfig = Wire<Bedrock.ToolConfiguration>;
export type InferenceConfig = Wire<Bedrock.InferenceConfiguration>;
export type OutputFormat = Wire<Bedrock.OutputFormat>;
export type ImageFormat = Bedrock.ImageFormat;
export type DocumentFormat = Bedrock.DocumentFormat;
export type VideoFormat = Bedrock.VideoFormat;

export interface Message {
  role: 'user' | 'assistant';
  content: ContentBlock[];
}

/** The body of `Converse` and `ConverseStream`; the model stands in the URL. */
export type ConverseBody = Omit<
  Wire<Bedrock.ConverseRequest>,
  'modelId' | 'messages' | 'additionalModelRequestFields'
> & {
  messages: Message[];
  additionalModelRequestFields?: Record<string, unknown>;
};
