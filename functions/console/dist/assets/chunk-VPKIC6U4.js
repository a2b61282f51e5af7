function e(t,n){if(n===0)return"\u2013";let r=100*t/n;return r===0?"0 %":r<.1?"<0.1 %":`${r.toFixed(1)} %`}export{e as a};
