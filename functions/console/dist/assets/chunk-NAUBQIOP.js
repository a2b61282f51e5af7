import{a as c}from"./chunk-PD5THK6C.js";import{g as a,z as e}from"./chunk-O6JXPSES.js";function d(s,t,n){let i=`${s}/v1`;return[{id:"claude-code",title:"Claude Code",where:"In a terminal",text:`export ANTHROPIC_BASE_URL=${s}
export ANTHROPIC_AUTH_TOKEN=${t}
claude --model ${n}`},{id:"codex",title:"Codex",where:"~/.codex/config.toml; the first line is for the terminal",text:`# export MESH_KEY=${t}
model = "${n}"
model_provider = "mesh"

[model_providers.mesh]
name = "Mesh"
base_url = "${i}"
env_key = "MESH_KEY"
wire_api = "responses"`},{id:"cursor",title:"Cursor",where:"Settings \u2192 Models \u2192 API keys. Cursor calls from its own servers: the address has to be a public one.",text:`OpenAI API key: ${t}
Override OpenAI base URL: ${i}
Model: ${n}`},{id:"cline",title:"Cline",where:"Settings \u2192 API provider: OpenAI Compatible",text:`Base URL: ${i}
API key: ${t}
Model ID: ${n}`},{id:"opencode",title:"OpenCode",where:"opencode.json",text:JSON.stringify({$schema:"https://opencode.ai/config.json",provider:{mesh:{npm:"@ai-sdk/openai-compatible",name:"Mesh",options:{baseURL:i,apiKey:t},models:{[n]:{}}}}},null,2)},{id:"open-webui",title:"Open WebUI",where:"Environment of its server",text:`OPENAI_API_BASE_URL=${i}
OPENAI_API_KEY=${t}`},{id:"curl",title:"curl",where:"In a terminal",text:`curl ${i}/chat/completions \\
  -H 'Authorization: Bearer ${t}' -H 'Content-Type: application/json' \\
  -d '${JSON.stringify(h(n)).replaceAll("'","'\\''")}'`},{id:"python",title:"Python",where:"pip install openai",text:`from openai import OpenAI

client = OpenAI(base_url="${i}", api_key="${t}")
answer = client.chat.completions.create(
    model="${n}",
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.choices[0].message.content)`},{id:"typescript",title:"TypeScript",where:"npm install openai",text:`import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${i}', apiKey: '${t}' });
const answer = await client.chat.completions.create({
  model: '${n}',
  messages: [{ role: 'user', content: 'Hello' }],
});
console.log(answer.choices[0]?.message.content);`}]}function h(s){return{model:s,messages:[{role:"user",content:"Hello"}]}}function f({secret:s,models:t}){let[n,i]=a(t[0]??"auto"),[p,u]=a("claude-code"),l=d(location.origin,s,n),r=l.find(({id:o})=>o===p)??l[0];return r===void 0?null:e("section",{class:"connect",children:[e("h3",{children:"Connect"}),e("div",{class:"pair",children:[e("label",{children:["Client",e("select",{value:p,onChange:o=>u(o.currentTarget.value),children:l.map(({id:o,title:m})=>e("option",{value:o,children:m},o))})]}),e("label",{children:["Model",e("input",{list:"connect-models",value:n,onInput:o=>i(o.currentTarget.value)}),e("datalist",{id:"connect-models",children:t.map(o=>e("option",{value:o},o))})]})]}),e("p",{class:"dim",children:r.where}),e(c,{text:r.text,label:`Lines for ${r.title}`})]})}export{f as a};
