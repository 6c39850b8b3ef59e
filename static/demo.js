// Sends the simulator's answer on by itself; without scripts its button does.
document.getElementById("post").submit();
