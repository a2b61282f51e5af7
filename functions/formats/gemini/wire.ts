import type * as Genai from '@google/genai';

/**
 * A type of the SDK as it stands on the wire. The SDK has enums where the API has their names; as types of text they need no
 * import at run time, and a wrong name still does not compile.
 */
type Wire<T> = T extends string ? `${T}` : T extends object ? { [Field in keyof T]: Wire<T[Field]> } : T;

export type Part = Wire<Genai.Part>;
export type Content = Wire<Genai.Content>;
export type FunctionDeclaration = Wire<Genai.FunctionDeclaration>;
export type ToolConfig = Wire<Genai.ToolConfig>;
export type GenerationConfig = Wire<Genai.GenerationConfig>;
export type ThinkingConfig = Wire<Genai.ThinkingConfig>;
export type ThinkingLevel = `${Genai.ThinkingLevel}`;
export type ApiFinishReason = `${Genai.FinishReason}`;

/**
 * The body of `generateContent` and `streamGenerateContent`; the model stands in the URL. The SDK has no type for it: its
 * `config` is spread over these fields. https://ai.google.dev/api/generate-content#request-body
 */
export interface GenerateContentBody {
  contents: Content[];
  systemInstruction?: Content;
  tools?: Wire<Genai.Tool>[];
  toolConfig?: ToolConfig;
  generationConfig: GenerationConfig;
}
