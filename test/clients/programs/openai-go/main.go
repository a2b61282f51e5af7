// What the program of OpenAI's Go client does; see ../serve.mjs for what it is told and what it answers.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

type task struct {
	ID          int      `json:"id"`
	Do          string   `json:"do"`
	Stream      bool     `json:"stream"`
	URL         string   `json:"url"`
	Key         string   `json:"key"`
	Model       string   `json:"model"`
	Prompt      string   `json:"prompt"`
	Temperature *float64 `json:"temperature"`
}

type facts map[string]any

const image = "data:image/png;base64," +
	"iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg=="

// How long the caller of a whole answer waits before it leaves.
const patience = 1500 * time.Millisecond

func object(properties map[string]any, required ...string) map[string]any {
	return map[string]any{
		"type": "object", "properties": properties, "required": required, "additionalProperties": false,
	}
}

var tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
	Name:        "get_weather",
	Description: openai.String("Tells the weather of a city."),
	Parameters:  object(map[string]any{"city": map[string]any{"type": "string"}}, "city"),
})}

func connect(t task) openai.Client {
	return openai.NewClient(option.WithBaseURL(t.URL+"/v1"), option.WithAPIKey(t.Key), option.WithMaxRetries(0))
}

func bodyOf(t task) openai.ChatCompletionNewParams {
	body := openai.ChatCompletionNewParams{
		Model:    t.Model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(t.Prompt)},
	}
	if t.Temperature != nil {
		body.Temperature = openai.Float(*t.Temperature)
	}
	return body
}

// A completion, or what its accumulator makes of a stream.
func complete(ctx context.Context, t task, body openai.ChatCompletionNewParams) (*openai.ChatCompletion, error) {
	client := connect(t)
	if !t.Stream {
		return client.Chat.Completions.New(ctx, body)
	}
	stream := client.Chat.Completions.NewStreaming(ctx, body)
	sum := openai.ChatCompletionAccumulator{}
	for stream.Next() {
		if !sum.AddChunk(stream.Current()) {
			return nil, errors.New("the accumulator refused a chunk")
		}
	}
	return &sum.ChatCompletion, stream.Err()
}

func text(ctx context.Context, t task) (facts, error) {
	if t.Stream {
		// As its README has it.
		said := ""
		client := connect(t)
		stream := client.Chat.Completions.NewStreaming(ctx, bodyOf(t))
		for stream.Next() {
			chunk := stream.Current()
			said += chunk.Choices[0].Delta.Content
		}
		return facts{"text": said}, stream.Err()
	}
	completion, err := complete(ctx, t, bodyOf(t))
	if err != nil {
		return nil, err
	}
	usage := facts{"input": completion.Usage.PromptTokens, "output": completion.Usage.CompletionTokens}
	return facts{"text": completion.Choices[0].Message.Content, "usage": usage}, nil
}

func loop(ctx context.Context, t task, effort shared.ReasoningEffort) (facts, error) {
	body := bodyOf(t)
	body.Tools = tools
	body.ReasoningEffort = effort
	calls := []facts{}
	for {
		completion, err := complete(ctx, t, body)
		if err != nil {
			return nil, err
		}
		message := completion.Choices[0].Message
		if len(message.ToolCalls) == 0 {
			return facts{"text": message.Content, "calls": calls}, nil
		}
		body.Messages = append(body.Messages, message.ToParam())
		for _, call := range message.ToolCalls {
			var args struct {
				City string `json:"city"`
			}
			if err := json.Unmarshal([]byte(call.Function.Arguments), &args); err != nil {
				return nil, err
			}
			calls = append(calls, facts{"name": call.Function.Name, "args": args})
			body.Messages = append(body.Messages, openai.ToolMessage(fmt.Sprintf("Sunny, 21 degrees in %s.", args.City), call.ID))
		}
	}
}

func see(ctx context.Context, t task) (facts, error) {
	body := bodyOf(t)
	body.Messages = []openai.ChatCompletionMessageParamUnion{openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
		openai.TextContentPart(t.Prompt),
		openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: image}),
	})}
	completion, err := complete(ctx, t, body)
	if err != nil {
		return nil, err
	}
	return facts{"text": completion.Choices[0].Message.Content}, nil
}

func schema(ctx context.Context, t task) (facts, error) {
	body := bodyOf(t)
	body.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
		JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
			Name:   "weather",
			Strict: openai.Bool(true),
			Schema: object(map[string]any{
				"city":    map[string]any{"type": "string"},
				"celsius": map[string]any{"type": "integer", "minimum": -100, "maximum": 100},
			}, "city", "celsius"),
		},
	}
	completion, err := complete(ctx, t, body)
	if err != nil {
		return nil, err
	}
	var found any
	err = json.Unmarshal([]byte(completion.Choices[0].Message.Content), &found)
	return facts{"object": found}, err
}

func leave(t task) (facts, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	client := connect(t)
	if !t.Stream {
		time.AfterFunc(patience, cancel)
		_, err := client.Chat.Completions.New(ctx, bodyOf(t))
		return nil, err
	}
	stream := client.Chat.Completions.NewStreaming(ctx, bodyOf(t))
	defer stream.Close()
	for stream.Next() {
		if chunk := stream.Current(); len(chunk.Choices) > 0 && chunk.Choices[0].Delta.Content != "" {
			return facts{"text": chunk.Choices[0].Delta.Content}, nil
		}
	}
	return nil, stream.Err()
}

func run(t task) (found facts) {
	defer func() {
		if trouble := recover(); trouble != nil {
			found = facts{"error": facts{"class": "panic", "message": fmt.Sprint(trouble)}}
		}
	}()
	ctx := context.Background()
	var err error
	switch t.Do {
	case "text":
		found, err = text(ctx, t)
	case "tools":
		found, err = loop(ctx, t, "")
	case "reasoning":
		found, err = loop(ctx, t, shared.ReasoningEffortMedium)
	case "image":
		found, err = see(ctx, t)
	case "schema":
		found, err = schema(ctx, t)
	case "abort":
		found, err = leave(t)
	}
	if err != nil {
		told := facts{"class": fmt.Sprintf("%T", err), "message": err.Error()}
		var api *openai.Error
		if errors.As(err, &api) {
			told["status"] = api.StatusCode
			told["code"] = api.Code
		}
		return facts{"error": told}
	}
	return found
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var t task
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			panic(err)
		}
		out, _ := json.Marshal(run(t))
		fmt.Printf("\n{\"id\":%d,\"facts\":%s}\n", t.ID, out)
	}
}
