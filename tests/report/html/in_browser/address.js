const count = (selector) => document.querySelectorAll(selector).length;
return [count("tr.run"), count(".panel"), document.getElementById("score").value];
