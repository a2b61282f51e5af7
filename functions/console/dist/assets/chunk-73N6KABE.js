function i(t){return Object.entries(t).map(([r,n])=>`${r} ${typeof n=="string"?n:JSON.stringify(n)}`).join(", ")}export{i as a};
