import{z as d}from"./chunk-O6JXPSES.js";function e({of:n}){return d("dl",{class:"facts",children:n.map(([t,o])=>d("div",{children:[d("dt",{children:t}),d("dd",{children:o})]},t))})}export{e as a};
